//! Rows that an exchange writes to disk.

use datafusion::common::config::{ConfigNonZeroUsize, ExecutionOptions};

/// Has an exchange that runs out of memory write a file for each batch, unless the program says how long
/// these files are.
///
/// Threads that write at once have a file each. Who reads the exchange waits for more of the oldest file
/// as long as it is open, though the next batch be in another, and who writes it waits until somebody
/// reads: in DataFusion 55.2 such a query stands still for ever
/// (<https://github.com/apache/datafusion/issues/24883>). A file that has ended is never waited for.
pub(super) fn write_a_file_for_each_batch(options: &mut ExecutionOptions) {
    let length = &mut options.max_spill_file_size_bytes;
    if *length == ExecutionOptions::default().max_spill_file_size_bytes
        && let Ok(least) = ConfigNonZeroUsize::try_new(1)
    {
        *length = least;
    }
}

#[cfg(test)]
mod tests;
