"""The distance of two words."""
