### Requests of installations without a network: the page /offline, and the answer that is carried back.

offline-link = Hand in a request of an installation without a network
offline-title = Request of an installation without a network
offline-why = Hand in the request here that an installation has written to a file or shown as a QR code. Nobody needs to sign in: the installation itself has signed the request. The answer is a file to carry back.
offline-paste = Paste the request
    .hint = The whole text of the file, or only the line between BEGIN and END.
offline-file = Or choose a file
    .hint = The request's file, up to 64 KB, or a photograph of the QR code, PNG or JPEG up to 8 MB.
offline-button = Get the answer
offline-answered = The answer is ready
offline-save = Save the answer to a file
offline-another = Hand in another request
offline-customer = To the customer
offline-text = The answer
offline-code = This code holds the same license; a phone can read it.
offline-code-name = QR code of the license

## What was done

offline-activated = The installation is activated. Its license is below.
offline-updated = The current license is below.
offline-granted = An emergency license was given, extra accounts: { $accounts }, until { $until }. The license with it is below.
offline-granted-before = An emergency license is active already and stays as it is, extra accounts: { $accounts }, until { $until }. The license with it is below.
offline-released = The installation's place was given back. Below is a license that no longer names this installation: by it the installation learns that this was done.
offline-released-before = This installation's place had been given back before. Below is a license that no longer names this installation.
offline-usage-noted = The usage was noted. The current license is below.
offline-carry-back = Carry this file to the installation, and run there: licentia-client accept FILE

## Why there is no answer

offline-nothing = There is no request
    .detail = Paste the request, or choose a file.
offline-too-large = The file is too large
    .detail = A request has a few kilobytes, a photograph up to 8 MB. Check that this is the right file; make the photograph smaller.
offline-too-slow = The file came too slowly
    .detail = The rest of it did not come in time. Nothing was recorded. Try again, or make the photograph smaller.
offline-neither = This is no request
    .detail = The file is neither a text nor a picture, PNG or JPEG. Choose the file that the installation has written, or a photograph of its QR code.
offline-words = This is no request
    .detail = The text holds no request. Choose the file that the installation has written, or paste its whole text.
offline-torn = The request is not complete
    .detail = Its end is missing. Hand in the whole file, from the line BEGIN to the line END, both included.
offline-several = There is more than one request
    .detail = Hand in one request at a time: leave only the one that is to be answered.
offline-document = This is no request
    .detail = The file is a PDF, an archive or a document of an office suite. Unpack it, or hand in the text file that the installation has written.
offline-web-page = This is no request
    .detail = The file is a web page. Save the file itself that was sent, or copy the request's text out of it.
offline-roots = This is the file of root keys
    .detail = It belongs to the installation, where it is named with --roots. Hand in the file that “licentia-client request” has written.
offline-picture = The picture cannot be opened
    .detail = The file is damaged, or has more than 25 million pixels. Take the photograph again, at the usual size.
offline-no-code = There is no QR code in the picture
    .detail = Photograph the code straight on, the whole of it with the white around it, so that it nearly fills the picture. Or hand the request in as a file.
offline-too-often = Too often
    .detail = There were too many calls from this address. Try again in a minute.
offline-invalid-fields = There are mistakes in the request
    .detail = Make a new request at the installation, with these mended. Nothing was recorded.
offline-statement-too-long-lived = The request lives too long
    .detail = A request in a file may live 30 days. Make a new one at the installation.
offline-statement-expired = The request's time is over
    .detail = A request in a file lives 30 days. Make a new one at the installation; if it is new, check the clock there.
