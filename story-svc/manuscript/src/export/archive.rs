//! A zip archive whose bytes depend on nothing but what is put in: every file has the same time and rights.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::ExportError;

pub(crate) struct Archive {
    writer: ZipWriter<Cursor<Vec<u8>>>,
}

impl Archive {
    pub(crate) fn new() -> Self {
        Self {
            writer: ZipWriter::new(Cursor::new(Vec::new())),
        }
    }

    pub(crate) fn add_text(&mut self, name: &str, text: &str) -> Result<(), ExportError> {
        self.add_file(name, text.as_bytes(), CompressionMethod::Deflated)
    }

    /// As it is: what is compressed already, or must be readable without unpacking.
    pub(crate) fn store_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        self.add_file(name, bytes, CompressionMethod::Stored)
    }

    fn add_file(&mut self, name: &str, bytes: &[u8], method: CompressionMethod) -> Result<(), ExportError> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);

        self.writer.start_file(name, options)?;
        self.writer.write_all(bytes)?;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, ExportError> {
        Ok(self.writer.finish()?.into_inner())
    }
}
