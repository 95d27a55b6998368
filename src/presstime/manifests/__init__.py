"""Reports, schedules, sources, limits and assets as a folder of files: written out, and made so again, wholly or not at all."""
