"""Reports: result files in, what people and machines read out."""
