//! Simplified Chinese.
