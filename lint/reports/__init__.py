"""Report formats: each reads findings and writes text; none of them decides anything."""
