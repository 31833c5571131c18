"""Measures this project and its ceiling side by side; docs/performance.md explains the figures."""
