//! Placeholder of the unpublished package: its targets hang on the manifest.
