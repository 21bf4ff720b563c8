"""Announcements to people by mail: at once or once a day, and the way out in every mail."""
