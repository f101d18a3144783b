//! What files are damaged with.

/// A small generator of numbers that look random; a seed gives the same ones again (xorshift64*).
pub struct Numbers(u64);

impl Numbers {
    pub fn of(seed: usize) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ (seed as u64).wrapping_mul(0xD129_0E02_5F2C_9A31) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % limit.max(1)
    }
}

/// What is put in: everything that means something to a Dockerfile or a shell.
pub const PIECES: &[&[u8]] = &[
    b"\\\n",
    b"\n",
    b"\r\n",
    b"\\",
    b"`",
    b"#",
    b"# escape=`\n",
    b"<<EOF",
    b"<<-'E'\n",
    b"EOF\n",
    b"&&",
    b"||",
    b";",
    b"|",
    b"&",
    b"(",
    b")",
    b"{",
    b"}",
    b"\"",
    b"'",
    b"$(",
    b"${",
    b"$((",
    b"RUN ",
    b"\nRUN ",
    b"\nFROM x\n",
    b"[\"",
    b"\"]",
    b"--mount=type=cache,target=/x ",
    b"\xFF",
    b"\0",
    b"\t",
    b"\xEF\xBB\xBF",
    b" if ",
    b" then ",
    b" fi ",
    b" do ",
    b" done ",
    b"apt-get update",
    b"apt-get install -y x",
    b"pip install ",
    b"ONBUILD ",
    b"set -e;",
    b"cd /",
    b"\nENV a b\n",
    b"\xC3\xA9",
    b"case x in",
    b"esac",
];
