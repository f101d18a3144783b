package org.example;

import java.util.Random;

/** Throws dice that always fall the same way. */
public final class Dice {
    public static void main(String[] arguments) {
        new Random(7).ints(5, 1, 7).forEach(System.out::println);
    }
}
