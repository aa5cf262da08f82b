//! The sentences, one file per language.

mod en;
mod zh_cn;
