//! What an ELF file says that it needs in order to be loaded.

use object::elf::{self, FileHeader32, FileHeader64};
use object::read::StringTable;
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};
use object::{Endianness, FileKind};

/// A file that is larger is not read as ELF.
pub(super) const BYTES_MAX: usize = 256 * 1024 * 1024;

/// A program or a shared library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elf {
    /// What loads it, such as `/lib64/ld-linux-x86-64.so.2`. A library and a static program have none.
    pub interpreter: Option<String>,
    /// What others call the library.
    pub soname: Option<String>,
    /// The libraries that are loaded with it.
    pub needed: Vec<String>,
    /// Where those are searched first, from `DT_RUNPATH`, or `DT_RPATH` where there is none; `$ORIGIN` is not expanded.
    pub run_path: Vec<String>,
    /// `e_machine`: files of another machine cannot be loaded together.
    pub machine: u16,
    pub is_64_bit: bool,
    pub is_little_endian: bool,
}

impl Elf {
    /// Whether both can be part of one process.
    pub fn is_compatible(&self, other: &Elf) -> bool {
        (self.machine, self.is_64_bit, self.is_little_endian)
            == (other.machine, other.is_64_bit, other.is_little_endian)
    }
}

/// Reads a program or a shared library; anything else is none, and so is what contradicts itself.
pub(super) fn parse(file: &[u8]) -> Option<Elf> {
    match FileKind::parse(file).ok()? {
        FileKind::Elf32 => parse_class::<FileHeader32<Endianness>>(file),
        FileKind::Elf64 => parse_class::<FileHeader64<Endianness>>(file),
        _ => None,
    }
}

fn parse_class<Header: FileHeader<Endian = Endianness>>(file: &[u8]) -> Option<Elf> {
    let header = Header::parse(file).ok()?;
    let endian = header.endian().ok()?;
    if !matches!(header.e_type(endian), elf::ET_EXEC | elf::ET_DYN) {
        return None;
    }
    let mut elf = Elf {
        interpreter: None,
        soname: None,
        needed: Vec::new(),
        run_path: Vec::new(),
        machine: header.e_machine(endian),
        is_64_bit: header.is_class_64(),
        is_little_endian: header.is_little_endian(),
    };
    let segments = header.program_headers(endian, file).ok()?;
    for segment in segments {
        if let Some(path) = segment.interpreter(endian, file).ok()? {
            elf.interpreter = Some(text(path));
        }
    }
    let Some(dynamic) = segments.iter().find_map(|segment| segment.dynamic(endian, file).transpose()) else {
        return Some(elf);
    };
    let dynamic = dynamic.ok()?;
    let end = dynamic.iter().position(|entry| entry.tag(endian) == elf::DT_NULL).unwrap_or(dynamic.len());
    let dynamic = &dynamic[..end];
    let value = |tag| dynamic.iter().find(|entry| entry.tag(endian) == tag).map(|entry| entry.val(endian));
    let (Some(address), Some(size)) = (value(elf::DT_STRTAB), value(elf::DT_STRSZ)) else { return Some(elf) };
    let strings = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
    let strings = strings.filter_map(|segment| segment.data_range(endian, file, address, size).ok()?).next()?;
    let strings = StringTable::new(strings, 0, strings.len() as u64);
    let of = |tag| {
        let entries = dynamic.iter().filter(move |entry| entry.tag(endian) == tag);
        entries.filter_map(|entry| entry.string(endian, strings).ok()).map(text)
    };
    elf.soname = of(elf::DT_SONAME).next();
    elf.needed = of(elf::DT_NEEDED).collect();
    let run_path = of(elf::DT_RUNPATH).next().or_else(|| of(elf::DT_RPATH).next()).unwrap_or_default();
    elf.run_path = run_path.split(':').filter(|folder| !folder.is_empty()).map(str::to_owned).collect();
    Some(elf)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_suffix(b"\0").unwrap_or(bytes)).into_owned()
}
