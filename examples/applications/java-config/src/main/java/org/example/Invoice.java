package org.example;

import java.io.FileReader;
import java.util.Properties;

/** Adds the tax to a sum, in the currency of the configuration. */
public final class Invoice {
    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        try (FileReader reader = new FileReader("config/invoice.properties")) {
            settings.load(reader);
        }
        int cents = 10_000 * (100 + Integer.parseInt(settings.getProperty("tax"))) / 100;
        System.out.println(cents / 100 + " " + settings.getProperty("currency"));
    }
}
