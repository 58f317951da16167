"""The page that people look at: HTML of its own, charts within, nothing asked of a network."""
