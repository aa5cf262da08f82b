//! Lark and Feishu: sign, post, read the answer.
