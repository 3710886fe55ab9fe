"""A name becomes a restorer: manifest, sources, cache, checkpoint."""
