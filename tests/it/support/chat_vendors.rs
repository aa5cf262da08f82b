//! Support: chat_vendors.
