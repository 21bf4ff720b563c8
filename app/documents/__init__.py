"""Files kept with an event: checked by content, stored in the database, handed out only as downloads."""
