"""What a fit leaves: errors, what the data cannot tell, and the result as data."""
