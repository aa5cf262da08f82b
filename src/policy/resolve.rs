//! The document → policies: defaults, inheritance, references.
