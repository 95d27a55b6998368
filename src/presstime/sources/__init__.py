"""Data sources by name: their address encrypted at rest and never shown whole again."""
