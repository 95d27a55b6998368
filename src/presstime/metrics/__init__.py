"""Figures of the installation: counted where things happen, exact, told as JSON and in the formats of Prometheus.

This package knows no feature: each of them declares its metrics and hands in what collects them (`registry`), and counts
its own events into hourly rollups (`service.record`) in the transaction that writes them.
"""
