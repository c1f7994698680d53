//! Sixteen bytes at a time: which of them are this one or that one, as the bits of a number.

use safe_arch::{cmp_eq_mask_i8_m128i, load_unaligned_m128i, m128i, move_mask_i8_m128i, set_splat_i8_m128i};

/// Sixteen bytes, or for each of them all bits or none.
#[derive(Clone, Copy)]
pub(super) struct Sixteen(m128i);

impl Sixteen {
    #[inline]
    pub(super) fn of(bytes: &[u8; 16]) -> Self {
        Self(load_unaligned_m128i(bytes))
    }

    #[inline]
    fn all(byte: u8) -> m128i {
        set_splat_i8_m128i(byte.cast_signed())
    }

    /// These bits set in each byte.
    #[inline]
    pub(super) fn with(self, bits: u8) -> Self {
        Self(self.0 | Self::all(bits))
    }

    /// Those that are this byte.
    #[inline]
    pub(super) fn are(self, byte: u8) -> Self {
        Self(cmp_eq_mask_i8_m128i(self.0, Self::all(byte)))
    }

    /// Those of either.
    #[inline]
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// A bit for each: its highest.
    #[inline]
    pub(super) fn bits(self) -> u64 {
        u64::from(move_mask_i8_m128i(self.0).cast_unsigned())
    }
}
