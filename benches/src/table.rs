//! A table that is readable in a terminal and in Markdown.

use std::fmt;

/// Rows below a header. The first column is text, the others are numbers.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// Starts with the header.
    pub(crate) fn new(head: [&str; N]) -> Self {
        Self { rows: vec![head.map(str::to_owned)] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
        let widths: Vec<usize> = (0..N).map(|column| widest(column).unwrap_or(0).max(2)).collect();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let cell = if column == 0 { format!("| {cell:<width$} |") } else { format!(" {cell:>width$} |") };
                f.write_str(&cell)?;
            }
            writeln!(f)?;
            if number == 0 {
                let line = |(column, width): (usize, &usize)| {
                    if column == 0 { format!("|{:-<1$}|", "", width + 2) } else { format!("{:-<1$}:|", "", width + 1) }
                };
                writeln!(f, "{}", widths.iter().enumerate().map(line).collect::<String>())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(["what", "ms"]);
        table.row(["a".to_owned(), "1.25×".to_owned()]);
        assert_eq!(table.to_string(), "| what |    ms |\n|------|------:|\n| a    | 1.25× |\n");
    }
}
