"""The processes of an installation: `serve` keeps `web` and `worker` alive; each also runs by itself."""
