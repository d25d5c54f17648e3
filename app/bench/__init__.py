"""Benchmarks of whole paths, each path in a process of its own."""
