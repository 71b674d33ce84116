// Runs docs/verify/Verify.java for each license, in one process: starting Java takes the most time.
//
//     java -cp ... Each ROOTS [LICENSE THUMBPRINT NOW]...
//
// Prints a line of JSON for each: the exit code, and what was written.
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

final class Each {
    public static void main(String[] arguments) throws Exception {
        for (int n = 1; n < arguments.length; n += 3) {
            String[] one = {arguments[0], arguments[n], arguments[n + 1], arguments[n + 2]};
            ByteArrayOutputStream stdout = new ByteArrayOutputStream();
            ByteArrayOutputStream stderr = new ByteArrayOutputStream();
            int code = Verify.run(one, new PrintStream(stdout), new PrintStream(stderr));
            JsonObject line = new JsonObject();
            line.addProperty("code", code);
            line.addProperty("stdout", stdout.toString(UTF_8));
            line.addProperty("stderr", stderr.toString(UTF_8));
            System.out.println(line);
        }
    }
}
