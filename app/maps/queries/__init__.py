"""Vector tiles, each one statement: PostGIS writes the bytes that go out."""
