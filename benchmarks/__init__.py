"""Measurements, each with a named peer or the physical limit measured in the same run. Not tests: machines are noisy."""
