"""Batch analysis, stage by stage: inputs, decoding, prediction, records, output files, summary."""
