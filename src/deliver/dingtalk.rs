//! DingTalk: sign, post, read the answer.
