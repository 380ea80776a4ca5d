"""Rules of identity, one file a version. A released version is never edited: a new idea is a new
file."""
