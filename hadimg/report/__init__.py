"""What people look at: plots of masks. Needs the extra ``plot`` (matplotlib), which is imported when it is needed."""

from hadimg.report.profile import plot_profile, render_profile

__all__ = ["plot_profile", "render_profile"]
