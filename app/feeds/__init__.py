"""What goes out to subscribe to: Atom and GeoRSS."""
