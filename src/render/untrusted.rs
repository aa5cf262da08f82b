//! Text from certificates and peers, made harmless for each channel.
