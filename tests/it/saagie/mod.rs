//! Saagie, by area.

mod credentials;
