//! Lark and Feishu robots: a card.
