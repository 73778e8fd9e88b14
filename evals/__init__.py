"""Quality and speed, measured on public data sets that are given by path. Not part of the wheel."""
