"""Pictures and their metadata, from files and to files; the only room that opens picture files."""
