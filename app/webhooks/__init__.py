"""Announcements to programs: signed, tried again, logged, and sent anew on demand."""
