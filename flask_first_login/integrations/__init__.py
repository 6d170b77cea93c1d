"""Ports to what portals already have: one module for each library, imported only by hosts that have it."""
