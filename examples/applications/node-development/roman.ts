// Writes years as the Romans did.
const SIGNS: [number, string][] = [
  [1000, "M"], [900, "CM"], [500, "D"], [400, "CD"], [100, "C"], [90, "XC"],
  [50, "L"], [40, "XL"], [10, "X"], [9, "IX"], [5, "V"], [4, "IV"], [1, "I"],
];

function roman(year: number): string {
  const sign = SIGNS.find(([value]) => value <= year);
  return sign ? sign[1] + roman(year - sign[0]) : "";
}

console.log([1815, 1969, 2024].map(roman).join(" "));
