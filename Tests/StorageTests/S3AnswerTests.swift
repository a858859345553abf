@testable import Storage
import Testing

/// The answers of stores, and what is none.
struct S3AnswerTests {
  @Test func `an answer is read with its lists, entities and whatever stands around it`() throws {
    let text = """
      \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
      <!-- of a store -->
      <ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/" a='>'>
        <Bucket>b</Bucket><IsTruncated>false</IsTruncated><Prefix/>
        <s3:Upload><Key>a &amp; b&#x2F;&#25968;&lt;&gt;&quot;&apos;</Key><!-- x --><UploadId>1</UploadId></s3:Upload >
        <Upload><Key>c</Key><UploadId>2</UploadId></Upload>
      </ListMultipartUploadsResult>

      """
    let answer = try S3Answer(Array(text.utf8))
    #expect(answer.name == "ListMultipartUploadsResult")
    #expect(answer.all("Upload").map { $0.text(of: "UploadId") } == ["1", "2"])
    #expect(answer["Upload"]?.text(of: "Key") == "a & b/数<>\"'")
    #expect(answer.text(of: "Prefix") == "" && answer.text(of: "Missing") == nil)
  }

  @Test(arguments: [
    "", "x", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "x<a/>", "<a", "<a b></a>", "<a b=c></a>",
    "<a b=\"<\"></a>",
    "<a>&b;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x;</a>", "<a>&#-1;</a>", "<a>& b</a>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>", "<a><![CDATA[x]]></a>",
    "<a><?php x ?></a>", "<1a/>", "</a>", "<a></a b=\"c\">", "<a:b:c/>", "<:a/>", "<!--", "<?xml",
    "<a>\0</a>",
    "<a b=\"c\"d=\"e\"/>", "{\"a\": 1}", "<html><body>Not S3<br></body></html>",
  ])
  func `what is not well formed or could do more than be read is refused`(text: String) {
    #expect(throws: S3Answer.Fault.self) { try S3Answer(Array(text.utf8)) }
  }

  @Test func `an answer that is too deep, too long, too full or no UTF-8 is refused`() {
    let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
    let full = "<a>" + String(repeating: "<b/>", count: 50_001) + "</a>"
    for text in [deep, full] { #expect(throws: S3Answer.Fault.self) { try S3Answer(Array(text.utf8)) } }
    #expect(throws: S3Answer.Fault.self) {
      try S3Answer(Array("<a>".utf8) + [0xC3, 0x28] + Array("</a>".utf8))
    }
    #expect(throws: S3Answer.Fault.self) {
      try S3Answer(Array("<a>".utf8) + [UInt8](repeating: 65, count: 5 << 20) + Array("</a>".utf8))
    }
  }
}
