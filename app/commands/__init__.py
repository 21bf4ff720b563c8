"""What the `portal` script does once Python is there: one module a subject, listed in app/cli.py."""
