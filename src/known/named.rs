//! Values that tables call by names.

/// An enum with `of`, which finds a variant by the name that stands behind it.
macro_rules! named {
    ($(#[$about:meta])* $visibility:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        $visibility enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// What tables call `name`.
            $visibility fn of(name: &str) -> Option<Self> {
                Some(match name {
                    $($text => Self::$variant,)*
                    _ => return None,
                })
            }
        }
    };
}

pub(crate) use named;
