"""The register of local governments: its changes, what follows from them, and the national list."""
