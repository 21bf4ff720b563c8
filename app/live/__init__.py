"""Open pages learn of changes by server-sent events."""
