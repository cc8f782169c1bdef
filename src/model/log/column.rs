//! A column of numbers in as few bytes as their range needs: where lines end, and when they were written.

/// Numbers that never change, each read in O(1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The least of them; the others are held as what they exceed it by.
    least: i64,
    above: Above,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Above {
    /// So many of the same number.
    Same(u32),
    Bytes(Box<[u8]>),
    Shorts(Box<[u16]>),
    Words(Box<[u32]>),
    Longs(Box<[u64]>),
}

impl Column {
    pub fn of(numbers: impl Iterator<Item = i64> + Clone) -> Self {
        let (mut least, mut most, mut count) = (i64::MAX, i64::MIN, 0_u32);
        for number in numbers.clone() {
            (least, most, count) = (least.min(number), most.max(number), count + 1);
        }
        // In wrapping arithmetic, so that any two numbers are told apart, however far they are from one another.
        let above = |number: i64| number.wrapping_sub(least) as u64;
        let above = match if count == 0 { 0 } else { above(most) } {
            0 => Above::Same(count),
            1..=0xff => Above::Bytes(numbers.map(|number| above(number) as u8).collect()),
            0x100..=0xffff => Above::Shorts(numbers.map(|number| above(number) as u16).collect()),
            0x1_0000..=0xffff_ffff => {
                Above::Words(numbers.map(|number| above(number) as u32).collect())
            }
            _ => Above::Longs(numbers.map(above).collect()),
        };
        Self { least, above }
    }

    pub fn len(&self) -> usize {
        match &self.above {
            Above::Same(count) => *count as usize,
            Above::Bytes(above) => above.len(),
            Above::Shorts(above) => above.len(),
            Above::Words(above) => above.len(),
            Above::Longs(above) => above.len(),
        }
    }

    pub fn get(&self, index: usize) -> Option<i64> {
        let above = match &self.above {
            Above::Same(count) => (index < *count as usize).then_some(0),
            Above::Bytes(above) => above.get(index).map(|&above| u64::from(above)),
            Above::Shorts(above) => above.get(index).map(|&above| u64::from(above)),
            Above::Words(above) => above.get(index).map(|&above| u64::from(above)),
            Above::Longs(above) => above.get(index).copied(),
        }?;
        Some(self.least.wrapping_add(above as i64))
    }

    /// How many of the first numbers are at most `limit`, where they rise: O(log numbers).
    pub fn count_up_to(&self, limit: i64) -> usize {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            if self.get(middle).is_some_and(|number| number <= limit) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_number_comes_back(
            base in proptest::num::i64::ANY,
            spread in 0..64_u32,
            numbers in proptest::collection::vec(proptest::num::u64::ANY, 0..50),
        ) {
            let numbers: Vec<i64> = numbers
                .iter()
                .map(|&number| base.wrapping_add((number >> spread) as i64))
                .collect();
            let column = Column::of(numbers.iter().copied());
            let back: Vec<i64> = (0..column.len()).filter_map(|index| column.get(index)).collect();
            proptest::prop_assert_eq!(&back, &numbers);
            proptest::prop_assert_eq!(column.get(numbers.len()), None);
            let mut rising = numbers;
            rising.sort_unstable();
            let column = Column::of(rising.iter().copied());
            for &limit in &rising {
                proptest::prop_assert_eq!(
                    column.count_up_to(limit),
                    rising.partition_point(|&number| number <= limit)
                );
            }
        }
    }
}
