package org.example;

import java.awt.GraphicsEnvironment;

/** Lists the fonts that a report can be set in. */
public final class Report {
    private Report() {}

    public static void main(String[] arguments) {
        for (String family : GraphicsEnvironment.getLocalGraphicsEnvironment().getAvailableFontFamilyNames()) {
            System.out.println(family);
        }
    }
}
