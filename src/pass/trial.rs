//! A test message by each channel of a contact.
